"""The pages: each module is one subject, from its address to its template."""
