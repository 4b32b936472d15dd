"""Alpha models: fit on a training window, forecast with uncertainty, save, load, describe, explain."""
