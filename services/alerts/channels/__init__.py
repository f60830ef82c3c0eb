"""The ways to tell people: one file each, all with one silhouette."""
