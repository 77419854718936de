"""The feed file: the TOML that says which page to watch and where its prices are.

Its sections, rules and selectors, and the error messages for mistakes in it. Reads files; opens no page.
"""
