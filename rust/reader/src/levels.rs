//! Validation levels: what each kind of fault does at each of them.
//!
//! The table is that of spec/trust.md#levels, row by row.

use flavor_format::constants::VALIDATION_LEVELS;
use flavor_format::{Error, ErrorCode};

/// How much is tolerated, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Minimal,
    Relaxed,
    Standard,
    Strict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Stop, with the exit code of the error.
    Refuse,
    /// Say so in one line and go on.
    Warn,
    /// Not looked at.
    Ignore,
}

/// A row of the table that some level tolerates. What none tolerates is an `Error` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What no level tolerates.
    Malformed,
    /// Index checksum, copy A, padding, unknown non-zero field, descriptor differs from metadata.
    Consistency,
    /// Metadata checksum, metadata signature, seal or co-signature wrong; announced seal missing.
    Signature,
    SlotDigest,
    Unsigned,
    SealNotAnnounced,
    LauncherDigest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub fault: Fault,
    pub error: Error,
}

impl Finding {
    pub(crate) fn new(fault: Fault, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { fault, error: Error::new(code, message) }
    }
}

impl Level {
    const ALL: [Self; 5] = [Self::None, Self::Minimal, Self::Relaxed, Self::Standard, Self::Strict];

    /// By name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        let position = VALIDATION_LEVELS.iter().position(|level| level.eq_ignore_ascii_case(name))?;
        Self::ALL.get(position).copied()
    }

    pub fn action(self, fault: Fault) -> Action {
        use Action::{Ignore, Refuse, Warn};
        //            strict, standard, relaxed, minimal, none
        let row = match fault {
            Fault::Malformed => [Refuse; 5],
            Fault::Consistency | Fault::Signature => [Refuse, Refuse, Warn, Warn, Ignore],
            Fault::SlotDigest => [Refuse, Refuse, Refuse, Warn, Ignore],
            Fault::Unsigned => [Refuse, Warn, Ignore, Ignore, Ignore],
            Fault::SealNotAnnounced | Fault::LauncherDigest => [Refuse, Ignore, Ignore, Ignore, Ignore],
        };
        match self {
            Self::Strict => row[0],
            Self::Standard => row[1],
            Self::Relaxed => row[2],
            Self::Minimal => row[3],
            Self::None => row[4],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named_in_any_case_and_ordered() {
        assert_eq!(Level::parse("STRICT"), Some(Level::Strict));
        assert_eq!(Level::parse("none"), Some(Level::None));
        assert_eq!(Level::parse("paranoid"), None);
        assert_eq!(VALIDATION_LEVELS.map(Level::parse), Level::ALL.map(Some));
        assert!(Level::Relaxed < Level::Standard);
    }

    /// The table of spec/trust.md, as it is written there: strict, standard, relaxed, minimal, none.
    #[test]
    fn actions_are_those_of_the_table() {
        let rows = [
            (Fault::Malformed, "FFFFF"),
            (Fault::Consistency, "FFWW-"),
            (Fault::Signature, "FFWW-"),
            (Fault::SlotDigest, "FFFW-"),
            (Fault::Unsigned, "FW---"),
            (Fault::SealNotAnnounced, "F----"),
            (Fault::LauncherDigest, "F----"),
        ];
        for (fault, row) in rows {
            let actual: String = (Level::ALL.iter().rev())
                .map(|level| match level.action(fault) {
                    Action::Refuse => 'F',
                    Action::Warn => 'W',
                    Action::Ignore => '-',
                })
                .collect();
            assert_eq!(actual, row, "{fault:?}");
        }
    }
}
