"""A process as people write it who do not program: a YAML file, checked, explained and written back."""
