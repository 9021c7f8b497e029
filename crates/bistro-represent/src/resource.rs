//! The resources that are open to a caller, and what may be done there.

use std::sync::Arc;

use bistro_dialect::Target;
use bistro_http::method::Method;
use bistro_plan::catalog::{Catalog, Function, Relation, RelationKind};
use bistro_plan::plan::{self, KnownRelation, Relative};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Policy, called};

/// Everything that is open to a caller.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The state of the schema.
    pub version: i64,
    /// Every relation he may do something with.
    pub places: Vec<Place>,
    /// Every stored query he may call.
    pub calls: Vec<Callable>,
    /// Whether anything may be changed at all: without that there are no batches.
    pub can_change: bool,
    /// Whether `TRACE` echoes.
    pub echoes: bool,
}

/// A relation, and what its addresses can do.
#[derive(Clone, Debug)]
pub struct Place {
    /// The relation.
    pub relation: Arc<Relation>,
    /// The same, as rows of it are written.
    pub written: Arc<Relation>,
    /// The methods of `/{relation}`.
    pub collection: Vec<Method>,
    /// The methods of `/{relation}/{key}`; none where rows have no address.
    pub item: Vec<Method>,
    /// What belongs to its rows.
    pub relatives: Vec<Relative>,
}

/// A stored query, and how it can be called.
#[derive(Clone, Debug)]
pub struct Callable {
    /// The query.
    pub function: Arc<Function>,
    /// Its rows, as a place to read from; called as its path is.
    pub rows: Place,
    /// The methods of `/rpc/{name}`.
    pub methods: Vec<Method>,
}

impl Place {
    /// Whether anything here can be changed.
    pub(crate) fn is_written(&self) -> bool {
        let mut methods = self.collection.iter().chain(&self.item);
        methods.any(|method| !method.is_safe())
    }
}

impl Callable {
    fn new(function: &Arc<Function>, methods: Vec<Method>) -> Self {
        let rows = Relation {
            name: called(&function.name),
            ..function.rows.as_ref().clone()
        };
        Self {
            function: Arc::clone(function),
            rows: Place {
                written: Arc::clone(&function.rows),
                relation: Arc::new(rows),
                collection: vec![Method::Get],
                item: Vec::new(),
                relatives: Vec::new(),
            },
            methods,
        }
    }
}

impl Survey {
    /// Looks at everything that is open to `principal`.
    pub fn of(catalog: &Catalog, principal: &Principal, policy: &Policy, echoes: bool) -> Self {
        let known = plan::known(principal, catalog, policy);
        let places = known.relations.into_iter().filter_map(|known| {
            let KnownRelation { relation, written } = known;
            let name = || relation.name.clone();
            let collection = Target::Collection { relation: name() };
            let item = Target::Item {
                relation: name(),
                key: Vec::new(),
            };
            Some(Place {
                collection: plan::methods(&collection, principal, catalog, policy).ok()?,
                item: plan::methods(&item, principal, catalog, policy).unwrap_or_default(),
                relatives: plan::relatives(&relation, principal, catalog, policy),
                relation,
                written,
            })
        });
        let calls = known.functions.into_iter().filter_map(|function| {
            let name = function.name.clone();
            let target = Target::Function { name };
            let methods = plan::methods(&target, principal, catalog, policy).ok()?;
            // One that would change something is there, and cannot be called, where nothing may be changed.
            let can_call = methods.contains(&Method::Post);
            can_call.then(|| Callable::new(&function, methods))
        });
        Self {
            version: catalog.version,
            places: places.collect(),
            calls: calls.collect(),
            can_change: !policy.is_read_only,
            echoes,
        }
    }

    /// Whether the caller may know of a relation.
    pub(crate) fn has(&self, relation: &str) -> bool {
        self.places
            .iter()
            .any(|place| place.relation.name == relation)
    }
}

/// The word for what a relation is.
pub(crate) fn kind_name(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Table => "table",
        RelationKind::View => "view",
        RelationKind::Search | RelationKind::Virtual => "virtual table",
    }
}
