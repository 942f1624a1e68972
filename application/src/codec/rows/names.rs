//! The names that states of rows are stored under.

use super::FormError;
use crate::codec::Named;

/// A value with a few states, each stored in a column under its name.
pub trait StoredName: Named {
    /// The state's name.
    fn name(self) -> &'static str {
        self.column_name()
    }

    /// The state with this name.
    ///
    /// # Errors
    /// [`FormError::Name`].
    fn named(found: &str) -> Result<Self, FormError> {
        Self::ALL.iter().copied().find(|state| state.column_name() == found).ok_or(FormError::Name)
    }
}

impl<T: Named> StoredName for T {}
