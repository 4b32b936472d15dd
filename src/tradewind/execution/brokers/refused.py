"""What a venue's transport says when it does not carry a request out."""


class RefusedAnswerError(Exception):
    """The venue answered that it did not carry a request out; each broker reads its words.

    ``status`` is the answer's, ``code`` the venue's own (0 where it has none).
    """

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words
