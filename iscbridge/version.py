"""The version, in one place: the package metadata and the C libraries are built from this line."""

VERSION = "0.1.0"
