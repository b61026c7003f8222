//! The child process of the tests, as the root binary's hidden subcommand would be.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = std::env::args_os().nth(1).ok_or("give the settings file")?.into();
    Ok(hark_embedded_clickhouse::run_child(&hark_embedded_clickhouse::ChildArgs { settings })?)
}
