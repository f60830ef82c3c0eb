"""The programs of attune; they meet in events and in the database, never in imports."""
