"""What every workflow shares: the state, the four nodes, the step decision for documents, recaps and repair."""
