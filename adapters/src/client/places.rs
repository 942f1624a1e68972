//! Where the services of a library are: all at one address, or each at one of its own.

use application::services::ServiceName;

use super::Address;

/// The address of every service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlaces {
    rental: Address,
    book: Address,
    member: Address,
    best_seller: Address,
}

impl ServicePlaces {
    /// All of them in one process.
    #[must_use]
    pub fn all_at(address: &Address) -> Self {
        let of = || address.clone();
        Self { rental: of(), book: of(), member: of(), best_seller: of() }
    }

    /// Each where this says.
    ///
    /// # Errors
    /// The first service of which it does not know where it is.
    pub fn of(place: impl Fn(ServiceName) -> Option<Address>) -> Result<Self, ServiceName> {
        let place = |service| place(service).ok_or(service);
        Ok(Self {
            rental: place(ServiceName::Rental)?,
            book: place(ServiceName::Book)?,
            member: place(ServiceName::Member)?,
            best_seller: place(ServiceName::BestSeller)?,
        })
    }

    /// Where a service is.
    #[must_use]
    pub const fn at(&self, service: ServiceName) -> &Address {
        match service {
            ServiceName::Rental => &self.rental,
            ServiceName::Book => &self.book,
            ServiceName::Member => &self.member,
            ServiceName::BestSeller => &self.best_seller,
        }
    }

    /// The addresses, each once: as many as there are processes.
    #[must_use]
    pub fn processes(&self) -> Vec<Address> {
        let mut all: Vec<Address> = Vec::new();
        for address in ServiceName::ALL.map(|service| self.at(service)) {
            if !all.contains(address) {
                all.push(address.clone());
            }
        }
        all
    }

    /// Where something is asked for that has this name in its path. What every process has is asked of the one with the
    /// cards.
    pub(super) fn of_resource(&self, resource: &str) -> &Address {
        self.at(ServiceName::of_resource(resource).unwrap_or(ServiceName::Rental))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Address {
        format!("http://127.0.0.1:{port}").parse().unwrap()
    }

    #[test]
    fn what_is_asked_for_is_asked_of_the_service_that_has_it() {
        let places = ServicePlaces::of(|service| Some(address(1 + service as u16))).unwrap();
        for (resource, port) in [
            ("rental-cards", 1),
            ("processes", 1),
            ("books", 2),
            ("members", 3),
            ("best-sellers", 4),
            ("events", 1),
        ] {
            assert_eq!(*places.of_resource(resource), address(port), "{resource}");
        }
        assert_eq!(places.processes().len(), 4);
        assert_eq!(ServicePlaces::all_at(&address(9)).processes(), [address(9)]);
    }

    #[test]
    fn a_service_that_is_nowhere_is_named() {
        let places = ServicePlaces::of(|service| (service != ServiceName::Member).then(|| address(1)));
        assert_eq!(places, Err(ServiceName::Member));
    }
}
