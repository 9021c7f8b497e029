//! Tests about the code itself: layers, modules, documents, licences.
