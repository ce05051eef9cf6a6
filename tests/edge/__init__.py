"""What holds at the edge for every real endpoint: bad input, the closed table of codes, safe methods, the description."""
