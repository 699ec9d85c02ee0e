package registry

// Newest is what a funnel is counted of.
var Newest = (*Registry).newest
