"""The pages that imports of any kind share."""
