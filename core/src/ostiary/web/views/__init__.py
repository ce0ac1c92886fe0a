"""What the pages do: one module for each part of the site; ``routes`` says where they are."""
