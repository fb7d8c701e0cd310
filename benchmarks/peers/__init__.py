"""What a team would pick instead: Django REST framework and Django Ninja over the product's tables."""
