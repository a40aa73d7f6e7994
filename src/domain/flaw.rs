//! Flaws: what is wrong in a source, as its last import found it. A fact: it is mended there, and gone with the next
//! import.

use super::{Text, Timestamp, credential::Credential, id::Id, provider::ModelKind};

/// Something that is wrong in a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flaw {
    /// What is wrong.
    pub wrong: Wrong,
    /// The canonical provider that it is about.
    pub provider: Text,
    /// The model; none if it is about every model of the provider.
    pub model: Option<Text>,
    /// The model's kind, as far as it is known.
    pub kind: Option<ModelKind>,
    /// The credential that it is about.
    pub key: Option<Id<Credential>>,
    /// What the source has there: an id, a word, or another provider.
    pub detail: Option<Text>,
}

/// A flaw, and where and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFlaw {
    /// The source, as its foreign ids begin.
    pub source: Text,
    /// When it was imported.
    pub seen: Timestamp,
    /// What is wrong.
    pub flaw: Flaw,
}

macro_rules! wrongs {
    ($($(#[doc = $doc:literal])+ $wrong:ident $word:literal,)*) => {
        /// What can be wrong in a source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Wrong { $($(#[doc = $doc])+ $wrong,)* }

        impl Wrong {
            /// Everything that can be.
            pub const ALL: &[Self] = &[$(Self::$wrong),*];

            /// The word for the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$wrong => $word,)* }
            }

            /// Reads the word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|wrong| wrong.word() == word)
            }
        }
    };
}

wrongs! {
    /// The active credential is not there any more.
    Gone "gone",
    /// A pool's row was copied from a credential that is not there any more.
    Orphan "orphan",
    /// The active credential is one of another provider.
    OtherProvider "other_provider",
    /// The active credential is one of another workspace.
    OtherWorkspace "other_workspace",
    /// There are credentials, and none is active.
    Inactive "inactive",
    /// A copy in a pool says something else than what it was copied from.
    Drifted "drifted",
    /// The load is to be shared, and there is nothing to share it with.
    Alone "alone",
    /// The kind of a model is written in a word of older versions.
    OldWord "old_word",
    /// The kind of a model is none that is known.
    NoKind "no_kind",
    /// A row is marked invalid, and passed over.
    Invalid "invalid",
    /// A place has two rows, under two names.
    Twofold "twofold",
}
