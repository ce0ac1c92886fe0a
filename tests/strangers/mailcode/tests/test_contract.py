from ostiary.contracts import Challenge
from ostiary.testing.contract import FactorContract, Person


class Reader(Person):
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"code": self.mailed_code()}

    answer_enrolment = answer

    def wrong(self, challenge: Challenge) -> dict[str, str]:
        return {"code": "0000-0000"}


class TestMailCode(FactorContract):
    plugins, factor, person = ("mailcode",), "mailcode", Reader
