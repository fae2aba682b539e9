"""The rules of marketplace money: pure, so that they can be read and tested alone.

Nothing here imports Django. Amounts are integers of the smallest unit, plus towards the seller;
rates are parts per million.
"""
