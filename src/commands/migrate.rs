//! `hark migrate`: brings the tables up to date, or shows the SQL that would.

use anyhow::Result;

use crate::{args::MigrateArgs, config::Config, engines::Engines};

pub(crate) async fn run(config: Config, args: MigrateArgs) -> Result<()> {
    let engines = Engines::open(&config, &args.data.data).await?;
    let migrated = if args.dry_run { show(&config, &engines).await } else { migrate(&config, &engines).await };
    engines.shutdown().await;
    migrated
}

/// Prints the statements as a script.
async fn show(config: &Config, engines: &Engines) -> Result<()> {
    let client = engines.writer.client();
    let migrations = hark_sink::pending(&client).await?;
    let retention = config.retention().pending(&client).await?;
    for migration in &migrations {
        print(&format!("{:04} {}", migration.number, migration.name), &migration.statements);
    }
    print("retention", &retention);
    let statements = migrations.iter().map(|migration| migration.statements.len()).sum::<usize>() + retention.len();
    let database = &engines.writer.database;
    match statements {
        0 => println!("-- database `{database}` is up to date"),
        _ => println!(
            "-- {statements} statements for database `{database}`; nothing was changed, `hark migrate` does so"
        ),
    }
    Ok(())
}

fn print(title: &str, statements: &[String]) {
    if !statements.is_empty() {
        println!("-- {title}");
    }
    for statement in statements {
        println!("{statement};\n");
    }
}

async fn migrate(config: &Config, engines: &Engines) -> Result<()> {
    let client = engines.writer.client();
    for migration in hark_sink::migrate(&client, &engines.writer.database).await? {
        println!("{:04} {}: done", migration.number, migration.name);
    }
    if config.retention().apply(&client).await? {
        println!("retention: changed; rows past it leave the disk with the next merges");
    }
    println!("the schema of database `{}` is up to date", engines.writer.database);
    Ok(())
}
