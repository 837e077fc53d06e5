"""The command ``dudao``."""
