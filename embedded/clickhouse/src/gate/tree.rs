//! Checks the engine's own reading of a query, the text of `EXPLAIN QUERY TREE run_passes = 0`, against the allow-lists.
//!
//! The rule it keeps: only look for what must not be there, in the whole text, wherever it stands. Aliases, names and
//! string constants are printed unescaped, so a query can add text that looks like a node, but it cannot hide one.

use super::Refusal;

/// Names that decide about a query.
pub(super) struct Lists<'a> {
    /// Whether a function may be called.
    pub(super) function: &'a dyn Fn(&str) -> bool,
    /// Table functions that may be used.
    pub(super) table_functions: &'a [&'a str],
    /// Every database but the analyst's own.
    pub(super) other_databases: &'a [String],
    /// `database.table` in other databases that may be read.
    pub(super) tables: &'a dyn Fn(&str, &str) -> bool,
}

/// # Errors
/// Names the first function, table function, table or clause that is not allowed.
pub(super) fn check(tree: &str, lists: &Lists<'_>) -> Result<(), Refusal> {
    // Anything else is not a tree: the query may have smuggled in a FORMAT clause.
    if !["QUERY id: 0", "UNION id: 0"].iter().any(|start| tree.starts_with(start)) {
        return Err(Refusal::Shape);
    }
    for line in tree.lines().map(str::trim_start) {
        if line.starts_with("SETTINGS ") {
            return Err(Refusal::Settings);
        }
        // Only a tree with resolved tables has these.
        if line.starts_with("TABLE id:") {
            return Err(Refusal::Shape);
        }
    }
    for (before, after) in occurrences(tree, "function_name: ") {
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if before.ends_with("table_") {
            if !lists.table_functions.contains(&name.as_str()) {
                return Err(Refusal::TableFunction(name));
            }
        } else if !(lists.function)(&name) {
            return Err(Refusal::Function(name));
        }
    }
    for (_, after) in occurrences(tree, "identifier: ") {
        for database in lists.other_databases {
            let Some(rest) = after.strip_prefix(database.as_str()).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            let table: String = rest.chars().take_while(|c| !matches!(c, '.' | ',' | '\n')).collect();
            if !(lists.tables)(database, &table) {
                return Err(Refusal::Table(format!("{database}.{table}")));
            }
        }
    }
    Ok(())
}

/// The text before and after each place where `what` stands.
fn occurrences<'a>(text: &'a str, what: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.match_indices(what).map(move |(at, _)| {
        let (before, rest) = text.split_at(at);
        (before, rest.strip_prefix(what).unwrap_or(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(tree: &str) -> Result<(), Refusal> {
        check(
            tree,
            &Lists {
                function: &|name| name == "plus",
                table_functions: &["numbers"],
                other_databases: &["system".into(), "default".into()],
                tables: &|database, table| (database, table) == ("system", "one"),
            },
        )
    }

    #[test]
    fn listed_names_pass() {
        let tree = "QUERY id: 0\n  PROJECTION\n      FUNCTION id: 2, function_name: plus, function_type: ordinary\n\
            \x20 JOIN TREE\n    IDENTIFIER id: 3, identifier: system.one\n    IDENTIFIER id: 4, alias: t, identifier: hark.x\n\
            \x20   TABLE_FUNCTION id: 5, table_function_name: numbers\n";
        assert_eq!(checked(tree), Ok(()));
    }

    #[test]
    fn anything_else_is_named() {
        let refused = |line: &str| checked(&format!("QUERY id: 0\n  {line}\n"));
        let file = || Err(Refusal::Function("file".into()));
        assert_eq!(refused("FUNCTION id: 2, function_name: file, function_type: ordinary"), file());
        assert_eq!(refused("FUNCTION id: 2, alias: a, function_name: plus, function_name: file, x"), file());
        assert_eq!(refused("FUNCTION id: 2, alias: a\nb, function_name: file"), file());
        assert_eq!(
            refused("TABLE_FUNCTION id: 1, table_function_name: url"),
            Err(Refusal::TableFunction("url".into()))
        );
        assert_eq!(
            refused("IDENTIFIER id: 1, identifier: system.users, final: 1"),
            Err(Refusal::Table("system.users".into()))
        );
        assert_eq!(
            refused("IDENTIFIER id: 1, identifier: default./etc/passwd"),
            Err(Refusal::Table("default./etc/passwd".into()))
        );
        assert_eq!(refused("SETTINGS max_threads=1"), Err(Refusal::Settings));
        assert_eq!(checked(""), Err(Refusal::Shape));
        assert_eq!(checked("Row 1:\nQUERY id: 0"), Err(Refusal::Shape));
    }
}
