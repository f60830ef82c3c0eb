"""How fast attune is, each figure beside a named baseline of the same run."""
