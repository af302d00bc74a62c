"""What an edit of the draft does. Each is one transaction, and each can be undone."""
