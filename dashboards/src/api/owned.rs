//! What people keep, for themselves or for everybody who sees the same: questions and views.

use crate::{
    access::{Caller, Role},
    problem::Problem,
};

/// Something that somebody keeps.
pub(crate) trait Owned {
    fn owner(&self) -> &str;
    /// Team of the owner, whose members alone see it when it is shared.
    fn team(&self) -> Option<&str>;
    fn is_shared(&self) -> bool;
}

/// One's own, or one that is shared by somebody who sees the same.
pub(crate) fn may_see(caller: &Caller, kept: &impl Owned) -> bool {
    let same_team = kept.team().is_none() || kept.team() == caller.team.as_ref().map(|team| team.name.as_str());
    kept.owner() == caller.name || (kept.is_shared() && same_team)
}

/// One's own; what is shared may also be changed by an admin.
pub(crate) fn may_change(caller: &Caller, kept: &impl Owned) -> bool {
    kept.owner() == caller.name || (kept.is_shared() && caller.role == Role::Admin && caller.team.is_none())
}

/// The one with this id, if the caller may change it. `what` names it in the error: `view`.
pub(crate) fn changeable<'k, T: Owned>(
    caller: &Caller,
    kept: &'k [(String, T)],
    id: &str,
    what: &str,
) -> Result<&'k T, Problem> {
    let found = kept.iter().find(|(key, one)| key == id && may_change(caller, one)).map(|(_, one)| one);
    found.ok_or_else(|| Problem::unknown(&format!("{what} of yours with this id")))
}
