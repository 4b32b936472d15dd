"""Steps of the database, oldest first; what has been released is never changed."""
