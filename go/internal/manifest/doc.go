// Package manifest reads what an author wrote (flavor.toml, flavor.json, or any file given to a builder's --manifest) and turns it
// into what is built, in three stages as three types: the document as parsed, Input as accepted by the schema, and Manifest with
// every default filled in and every value checked.
//
// Source: spec/manifest.md, spec/schema/manifest.schema.json.
package manifest
