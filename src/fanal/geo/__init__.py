"""Where things are on the Earth: containment, distance, neighbours. It knows shapes, no posts and no risk."""
