package cacheroot

// BelowHome is where the cache lies below the user's home.
const BelowHome = ".cache/flavor"
