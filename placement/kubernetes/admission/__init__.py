"""What may enter a cluster: objects are judged, and completed, before the API server keeps them."""
