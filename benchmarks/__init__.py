"""How fast the package is, beside what else could do the same work; `make bench`."""
