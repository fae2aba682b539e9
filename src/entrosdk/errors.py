"""Every error the SDK raises. The class is the cause, `advice` is the remedy.

EntroError
├── ConfigError            something we were given cannot work
├── Unsupported            the marketplace, or its adapter, has no such thing
├── Unauthorised
│   ├── Expired            the access token ran out (renewed by the engine, once)
│   ├── Revoked            the seller's consent ended: authorise again
│   ├── BadSignature       wrong key, wrong environment, or a clock that is off
│   └── Forbidden          this app or shop may not do this
├── RateLimited            .retry_after seconds, .scope
├── Rejected
│   ├── Invalid            the marketplace refuses the values
│   ├── NotFound
│   └── Conflict           not in this state
├── Unreachable            .sent: could the request have taken effect?
│   ├── Timeout
│   ├── Refused
│   └── TLSError
├── OutcomeUnknown         a write whose reply was lost
└── RemoteFault
    ├── Unavailable        the marketplace has trouble
    ├── BadReply           the reply is not what the marketplace promises
    └── Drifted            the shape changed, under `drift="freeze"`
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import evolve, frozen

__all__ = [
    "BadReply",
    "BadSignature",
    "ConfigError",
    "Conflict",
    "Context",
    "Drifted",
    "EntroError",
    "Expired",
    "Forbidden",
    "Invalid",
    "NotFound",
    "OutcomeUnknown",
    "RateLimited",
    "Refused",
    "Rejected",
    "RemoteFault",
    "Revoked",
    "TLSError",
    "Timeout",
    "Unauthorised",
    "Unavailable",
    "Unreachable",
    "Unsupported",
]


@frozen
class Context:
    """Where it happened. Unknown parts are empty."""

    marketplace: str = ""
    shop: str = ""
    operation: str = ""
    request_id: str = ""
    code: str = ""
    attempt: int = 0

    def __str__(self) -> str:
        place = " ".join(part for part in (self.marketplace, self.shop) if part)
        parts = [place, self.operation]
        parts += [f"code {self.code}"] if self.code else []
        parts += [f"request {self.request_id}"] if self.request_id else []
        parts += [f"attempt {self.attempt}"] if self.attempt > 1 else []
        return ", ".join(part for part in parts if part)


class EntroError(Exception):
    """Base of all errors. `str()` says what happened, where, and what to do next."""

    default_advice: ClassVar[str] = "Look at the message and the context of this error."

    def __init__(
        self, message: str, *, context: Context | None = None, advice: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.context = context or Context()
        self.advice = advice or self.default_advice

    def at(self, **where: Any) -> EntroError:
        """Fill the empty parts of the context in place; returns the error itself."""
        missing = {name: value for name, value in where.items() if not getattr(self.context, name)}
        self.context = evolve(self.context, **missing)
        return self

    def __str__(self) -> str:
        where = str(self.context)
        return f"{self.message}{f' [{where}]' if where else ''} Next step: {self.advice}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions with keyword-only arguments do not survive pickle by themselves.
        return _rebuild, (type(self), self.message, dict(self.__dict__))


def _rebuild(kind: type[EntroError], message: str, state: dict[str, Any]) -> EntroError:
    error = kind.__new__(kind, message)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class ConfigError(EntroError):
    """Something we were given cannot work; raised before any request."""

    default_advice = "Correct the setting that the message names."


class Unsupported(EntroError):
    """The marketplace, or this adapter, has no such capability; raised before any request."""

    default_advice = "Look at `shop.capabilities` for what this marketplace offers."


class Unauthorised(EntroError):
    """The marketplace does not accept who we say we are."""

    default_advice = "Check the app's key and secret and the shop's consent."


class Expired(Unauthorised):
    """The access token ran out."""

    default_advice = "Renew the token; the engine does so once by itself."


class Revoked(Unauthorised):
    """The seller's consent ended, or its refresh token can no longer be used."""

    default_advice = "Send the seller through the consent link again (`entrosdk.authorize_url`)."


class BadSignature(Unauthorised):
    """The signature or its timestamp was refused."""

    default_advice = (
        "Check the app secret, that key and host belong to the same environment, "
        "and that this machine's clock is right."
    )


class Forbidden(Unauthorised):
    """This app or this shop may not do this."""

    default_advice = "Ask for the permission in the marketplace's developer console."


class RateLimited(EntroError):
    """Too many requests. `retry_after` is in seconds, `scope` is "app", "shop" or "day"."""

    default_advice = "Wait, then go on; lower the limits if this happens often."

    def __init__(
        self, message: str, *, retry_after: float | None = None, scope: str = "app", **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after
        self.scope = scope


class Rejected(EntroError):
    """The marketplace understood the request and refuses it."""

    default_advice = "Correct the request; repeating it unchanged cannot help."


class Invalid(Rejected):
    """The marketplace refuses the values of the request."""


class NotFound(Rejected):
    """There is no such thing in this shop."""

    default_advice = "Check the id, and that it belongs to this shop."


class Conflict(Rejected):
    """The thing is not in a state that allows this."""

    default_advice = "Fetch it again and decide from its present state."


class Unreachable(EntroError):
    """No usable reply came. `sent` is false when the request surely had no effect."""

    default_advice = "Check the network and the address, then try again."

    def __init__(self, message: str, *, sent: bool = True, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.sent = sent


class Timeout(Unreachable):
    """The marketplace did not answer in time."""

    default_advice = "Try again later, or allow a longer timeout."


class Refused(Unreachable):
    """Nothing listens at this address."""

    default_advice = "Check `base_url`, and that the server is running."

    def __init__(self, message: str, *, sent: bool = False, **rest: Any) -> None:
        super().__init__(message, sent=sent, **rest)


class TLSError(Unreachable):
    """The secure connection could not be made."""

    default_advice = "Check the certificate, the host name and this machine's clock."

    def __init__(self, message: str, *, sent: bool = False, **rest: Any) -> None:
        super().__init__(message, sent=sent, **rest)


class OutcomeUnknown(EntroError):
    """A write was sent and its reply was lost; it may or may not have taken effect."""

    default_advice = "Read the thing back before you repeat the write."


class RemoteFault(EntroError):
    """The marketplace failed, not we."""

    default_advice = "Try again later; report the request id if it stays."


class Unavailable(RemoteFault):
    """The marketplace has trouble and says so."""


class BadReply(RemoteFault):
    """The reply is not what the marketplace promises."""


class Drifted(RemoteFault):
    """The reply has fields or words that this version does not know, and drift is frozen."""

    default_advice = "Update entrosdk, or set drift to warn."
