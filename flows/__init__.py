"""The supervision processes, one module each, and the flows by which time passes."""
