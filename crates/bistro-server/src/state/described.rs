//! The descriptions given last: they are long, and only change with the schema.

use std::sync::{Arc, Mutex, PoisonError};

use bistro_plan::catalog::Catalog;
use bistro_plan::principal::Principal;
use bistro_represent::openapi::Version;
use bytes::Bytes;

/// How many are kept: one for each version, and some for who has just got another catalog.
const KEPT_MAX: usize = 4;

/// Descriptions, each with what it was made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptions(Arc<Mutex<Vec<Kept>>>);

#[derive(Debug)]
struct Kept {
    catalog: Arc<Catalog>,
    principal: Principal,
    version: Version,
    text: Bytes,
}

impl Descriptions {
    /// The description that was made of these, or what `make` makes of them now.
    pub(crate) fn get(
        &self,
        catalog: &Arc<Catalog>,
        principal: &Principal,
        version: Version,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Bytes {
        let is_same = |kept: &&Kept| {
            Arc::ptr_eq(&kept.catalog, catalog)
                && kept.principal == *principal
                && kept.version == version
        };
        // Whoever panicked while holding it left a list that is as good as before.
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.iter().find(is_same) {
            return kept.text.clone();
        }
        drop(kept);
        let text = Bytes::from(make());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT_MAX - 1);
        kept.insert(
            0,
            Kept {
                catalog: Arc::clone(catalog),
                principal: principal.clone(),
                version,
                text: text.clone(),
            },
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_made_once_for_each_catalog_and_version() {
        let descriptions = Descriptions::default();
        let (before, after) = (Arc::<Catalog>::default(), Arc::<Catalog>::default());
        let get = |catalog: &Arc<Catalog>, version, text: &str| {
            descriptions.get(catalog, &Principal::Anyone, version, || text.into())
        };
        assert_eq!(get(&before, Version::V3_1, "first"), "first");
        assert_eq!(get(&before, Version::V3_1, "never made"), "first");
        assert_eq!(get(&before, Version::V3_2, "second"), "second");
        assert_eq!(get(&after, Version::V3_1, "third"), "third");
        assert_eq!(get(&before, Version::V3_1, "never made"), "first");
        for _ in 0..2 * KEPT_MAX {
            get(&Arc::default(), Version::V3_1, "another");
        }
        assert_eq!(get(&before, Version::V3_1, "made anew"), "made anew");
    }
}
