//! The topics, and what is said on each.

/// The topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `rental_rent`.
    RentalRent,
    /// `rental_return`.
    RentalReturn,
    /// `overdue_clear`.
    OverdueClear,
    /// `rent_cancel`.
    RentCancel,
    /// `rental_uncount`.
    RentalUncount,
    /// `return_cancel`.
    ReturnCancel,
    /// `point_use`.
    PointUse,
    /// `book_catalogue`.
    BookCatalogue,
    /// `rental_result`.
    RentalResult,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::RentalRent,
        Self::RentalReturn,
        Self::OverdueClear,
        Self::RentCancel,
        Self::RentalUncount,
        Self::ReturnCancel,
        Self::PointUse,
        Self::BookCatalogue,
        Self::RentalResult,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RentalRent => "rental_rent",
            Self::RentalReturn => "rental_return",
            Self::OverdueClear => "overdue_clear",
            Self::RentCancel => "rent_cancel",
            Self::RentalUncount => "rental_uncount",
            Self::ReturnCancel => "return_cancel",
            Self::PointUse => "point_use",
            Self::BookCatalogue => "book_catalogue",
            Self::RentalResult => "rental_result",
        }
    }

    /// The topic with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// The `ce_type` of what is said on it.
    #[must_use]
    pub const fn message_type(self) -> &'static str {
        match self {
            Self::RentalRent => "library.item-rented.v1",
            Self::RentalReturn => "library.item-returned.v1",
            Self::OverdueClear => "library.overdue-cleared.v1",
            Self::RentCancel | Self::RentalUncount => "library.item-rent-cancelled.v1",
            Self::ReturnCancel => "library.item-return-cancelled.v1",
            Self::PointUse => "library.point-use-command.v1",
            Self::BookCatalogue => "library.book-catalogued.v1",
            Self::RentalResult => "library.event-result.v1",
        }
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
