"""Public keys: only those that were offered, and that can be used safely.

A key that is off its curve, or of another algorithm than it says, would register and then
raise at every sign-in; one that is too large would cost its check. WebAuthn, section 5.8.5,
says how the keys of each algorithm look, and RFC 9053 how they are written.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

from ostiary_webauthn import cbor
from ostiary_webauthn.rejected import Rejected

EDDSA, ES256, RS256 = -8, -7, -257

ALGORITHMS = (EDDSA, ES256, RS256)
"""What is offered, the best first: Ed25519, ECDSA on P-256, RSA with SHA-256."""

# Members of a COSE key. Those below zero depend on the kind (RFC 9053, section 7; RFC 8230).
_KTY, _ALG, _CRV, _X, _Y = 1, 3, -1, -2, -3
_N, _E = -1, -2

_SIZE = 32
_RSA_BITS = range(2048, 4096 + 1)
# FIPS 186-5, appendix A.1.1, asks for more than 2^16; a TPM has room for 32 bits.
_RSA_EXPONENTS = range(65537, 1 << 32)

# RFC 8032, section 5.1: the field, and the curve.
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


Cose = dict[int | str, cbor.Value]


def check(cose: bytes) -> int:
    """Hold a COSE key to what was offered.

    Returns:
        its algorithm.

    Raises:
        Rejected: the algorithm was not offered, or the key is not one of it.
    """
    try:
        key = cbor.loads(cose)
    except ValueError:
        raise Rejected("public-key") from None
    if not isinstance(key, dict):
        raise Rejected("public-key")
    algorithm = key.get(_ALG)
    if isinstance(algorithm, bool) or not isinstance(algorithm, int):
        raise Rejected("public-key")
    if algorithm not in ALGORITHMS:
        raise Rejected("algorithm")
    judge = {EDDSA: _ed25519, ES256: _p256, RS256: _rsa}[algorithm]
    try:
        judge(key)
    except ValueError:
        raise Rejected("public-key") from None
    return algorithm


def _p256(key: Cose) -> None:
    x, y = _members(key, {_KTY: 2, _ALG: ES256, _CRV: 1}, _X, _Y)
    if not len(x) == len(y) == _SIZE:
        raise ValueError("not two coordinates")
    # Raises where the point is not on the curve.
    EllipticCurvePublicNumbers(_number(x), _number(y), SECP256R1()).public_key()


def _ed25519(key: Cose) -> None:
    (point,) = _members(key, {_KTY: 1, _ALG: EDDSA, _CRV: 6}, _X)
    if len(point) != _SIZE:
        raise ValueError("not a point")
    # The last bit is the sign of x, which does not decide about either question here.
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    if y >= _P or not _on_curve(y):
        raise ValueError("not on the curve")
    if _small(y):
        raise ValueError("anybody can sign for a point of small order")


def _rsa(key: Cose) -> None:
    modulus, exponent = _members(key, {_KTY: 3, _ALG: RS256}, _N, _E)
    n, e = _number(modulus), _number(exponent)
    # RFC 8230, section 4: in as few bytes as it takes.
    if not modulus[:1].strip(b"\0") or not exponent[:1].strip(b"\0"):
        raise ValueError("padded")
    if n.bit_length() not in _RSA_BITS or e not in _RSA_EXPONENTS or not n & e & 1:
        raise ValueError("not a safe key")


def _members(key: Cose, fixed: dict[int, int], *names: int) -> tuple[bytes, ...]:
    # WebAuthn, section 6.5.1.1: what the algorithm asks for, and nothing optional.
    if key.keys() != fixed.keys() | set(names):
        raise ValueError("members missing, or others there")
    if any(isinstance(key[name], bool) or key[name] != value for name, value in fixed.items()):
        raise ValueError("of another kind")
    values = [value for name in names if isinstance(value := key[name], bytes)]
    if len(values) != len(names):
        raise ValueError("not bytes")
    return tuple(values)


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _on_curve(y: int) -> bool:
    # x^2 = (y^2 - 1) / (d y^2 + 1) must have a root (RFC 8032, section 5.1.3); Euler tells.
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return pow(squared, (_P - 1) // 2, _P) in {0, 1}


def _small(y: int) -> bool:
    # Doubled three times, a point whose order divides 8 is the neutral one, whose y is 1. On
    # the curve y alone gives the y of the double.
    for _ in range(3):
        x2 = (y * y - 1) * pow(_D * y * y + 1, -1, _P)
        y = (y * y + x2) * pow(2 - y * y + x2, -1, _P) % _P
    return y == 1
