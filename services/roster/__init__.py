"""roster keeps who an initiative needs, and which addresses are theirs."""
