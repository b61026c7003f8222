//! The dashboards in a real browser, on the sample data.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{path::Path, process::Command};

use hark_tests::hark::{Hark, wait_until};

#[test]
fn the_page_works_in_a_browser() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/web");
    let ready = web.join("node_modules").is_dir() && Path::new("/usr/bin/chromium").exists();
    if !ready {
        assert!(std::env::var_os("CI").is_none(), "no Chromium or no libraries of the page; `make test` installs both");
        eprintln!("NOT RUN: no Chromium or no libraries of the page; `make test` installs both");
        return;
    }
    let hark = Hark::new(env!("CARGO_BIN_EXE_hark"));
    let up = hark.up(["--demo"]);
    wait_until("the sample is stored", || hark.sql("SELECT count() FROM mentions").parse::<u64>().unwrap() > 2000);
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    let tested = Command::new("npm")
        .args(["run", "--silent", "test:browser"])
        .current_dir(web)
        .env("HARK_URL", &up.page)
        .env("HARK_SCREENSHOTS", &screenshots)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{said}\n{}", String::from_utf8_lossy(&tested.stderr));
}
