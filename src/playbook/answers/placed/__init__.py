"""The placements: goals, reviews, whether people stayed, and who may read what."""
