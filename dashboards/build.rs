//! Makes sure that the folder to embed exists, so that the crate compiles before the web page is built.

use std::{fs, path::Path};

fn main() {
    let dist = Path::new("web/dist");
    if let Err(error) = fs::create_dir_all(dist) {
        panic!("cannot create dashboards/{}: {error}", dist.display());
    }
    // Its files carry a hash in their names, so a new build is noticed by the folder alone.
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
