"""What more than one service needs: words, events, the arithmetic of alignment, and plumbing."""
