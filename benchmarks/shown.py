"""A figure as people read it."""


def shown(figure: float | None) -> str:
    """Three significant digits, with M and k for large figures."""
    if figure is None:
        return "-"
    for size, mark in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(figure) >= size:
            return f"{figure / size:.3g}{mark}"
    return f"{figure:.3g}"
