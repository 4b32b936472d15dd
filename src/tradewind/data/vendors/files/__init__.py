"""Bars that people brought along in files of their own, as they came."""
