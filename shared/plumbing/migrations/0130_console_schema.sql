-- Who may look and act, and what the lists of the console are sorted by.
create schema console;
