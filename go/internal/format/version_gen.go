// Code generated from version.txt by scripts/generate-constants. DO NOT EDIT.

package format

// Version is the product's.
const Version = "0.1.0"
