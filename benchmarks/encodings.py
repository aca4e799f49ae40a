"""How often the encoding of a file is found: `python -m benchmarks.encodings [--files N]`.

Files of 1, 3, 30 and 1,000 rows (given name, family name, email, city) in the encodings that such names are
kept in, with one row or all rows that can be beyond ASCII. None of the names is taken from the words that the
detection knows (`dedupe/fetchers/files/data/words.toml`); some stand there too, as common names do. A file is
right when its text is: which of two encodings that read it alike is named doesn't count. Printed beside it is
what charset-normalizer says by itself.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

from dedupe.fetchers.files.encodings import encoding_of_bytes, text_of
from dedupe.simulators.population.data import names_latin, names_scripts

ROWS = (1, 3, 30, 1000)
_EAST = names_scripts
_LATIN = names_latin

# Common names and places, listed by hand.
SWEDISH = (
    "Åsa Göran Björn Märta Håkan Sören Jörgen Pär Åke Gösta|"
    "Öberg Sjöström Åkesson Lindström Nyström Hägg Ström Näslund Sjögren Bergström|"
    "Malmö Göteborg Umeå Växjö"
)
DANISH = (
    "Søren Jørgen Bjørn Kåre Åse Mads Signe Gøril Tørres Håvard|"
    "Sørensen Jørgensen Mølgård Nørgaard Bjørnstad Sæther Kjær Østergård Håland Grønn|"
    "Tromsø Århus Ålesund Næstved"
)
CZECH = (
    "Jiří Tomáš Lukáš Ondřej Zdeněk Kateřina Tereza Věra Šárka Vít|"
    "Dvořák Černý Procházka Kučera Veselý Horák Němec Růžička Křížová Šťastný|"
    "Brno Plzeň Třebíč Děčín"
)
HUNGARIAN = (
    "László Zoltán Győző Péter Ágnes Zsófia Éva Gergő Ödön Tünde|"
    "Kovács Szabó Tóth Molnár Németh Szűcs Erdős Fekete Gönczi Vörös|"
    "Győr Pécs Gödöllő Székesfehérvár"
)
ROMANIAN = (
    "Ştefan Mihăiţă Cătălin Răzvan Mădălina Ioniţă Bogdan Sînziana Raluca Anişoara|"
    "Ionescu Ţepeş Păun Brătianu Căpăţână Moţoc Stănescu Şerban Dănilă Lupaşcu|"
    "Iaşi Braşov Bucureşti Galaţi"
)
LITHUANIAN = (
    "Žydrūnas Šarūnas Rūta Eglė Jūratė Vytautas Ąžuolas Živilė Kęstutis Gražina|"
    "Kazlauskas Žukauskaitė Petrauskienė Šimkus Čepaitis Jankūnas Ūsas Bružienė Gečas Mažeika|"
    "Šiauliai Panevėžys Kėdainiai Telšiai"
)
GREEK = (
    "Γιώργος Δημήτρης Ελένη Κώστας Αικατερίνη Νίκος Σοφία Γιάννης Ευαγγελία Θανάσης|"
    "Παπαδόπουλος Γεωργίου Οικονόμου Νικολάου Βασιλείου Αγγελόπουλος Καραμανλής Σταύρου Λάμπρου Δήμου|"
    "Αθήνα Πάτρα Λάρισα Χανιά"
)
UKRAINIAN = (
    "Олександр Юлія Володимир Наталія Андрій Ірина Євген Оксана Сергій Їжак|"
    "Шевченко Ковальчук Бондаренко Ткаченко Мельник Кравець Поліщук Лисенко Гнатюк Руденко|"
    "Київ Львів Харків Одеса"
)
JAPANESE = (
    "太郎 花子 健一 美咲 翔太 陽子 直樹 恵子 ゆうき さくら|"
    "田中 鈴木 高橋 渡辺 伊藤 山本 中村 小林 加藤 吉田|"
    "東京 大阪 横浜市 札幌"
)
KOREAN = "민준 서연 지훈 수빈 현우 지영 동현 은지 성민 유진|김 이 박 최 정 강 조 윤 장 임|서울 부산 인천 대구"
TAIWANESE = (
    "志明 春嬌 淑芬 俊傑 雅婷 建宏 美玲 宗翰 怡君 家豪|"
    "陳 林 黃 張 李 王 吳 劉 蔡 楊|"
    "臺北市 高雄市 臺中市 新竹"
)
THAI = (
    "สมชาย สมหญิง ประยุทธ์ วิชัย มาลี สุดา อนันต์ กมล ศิริพร ธนา|"
    "ใจดี แสงทอง ศรีสุข วงศ์ใหญ่ บุญมา ทองดี สุขใจ พันธุ์ดี รุ่งเรือง มั่นคง|"
    "กรุงเทพ เชียงใหม่ ขอนแก่น ภูเก็ต"
)


class Names(NamedTuple):
    given: list[str]
    family: list[str]
    places: list[str]


def _simulated(*blocks: str) -> Names:
    """The population's names, as they are written in their own letters."""
    words = [[word.split("=")[0].split(":")[0] for word in block.split()] for block in blocks[:3]]
    return Names(words[0] + words[1], words[2], ["Santo", "Centro"])


def _listed(text: str) -> Names:
    given, family, places = (part.split() for part in text.split("|"))
    return Names(given, family, places)


def _all_names() -> dict[str, tuple[Names, tuple[str, ...]]]:
    west = ("cp1252", "mac_roman", "cp850")
    made = {
        "German": (_simulated(*_LATIN.GERMAN), west),
        "French": (_simulated(*_LATIN.FRENCH), west),
        "Spanish": (_simulated(*_LATIN.SPANISH), west),
        "Portuguese": (_simulated(*_LATIN.PORTUGUESE), west),
        "Italian": (_simulated(*_LATIN.ITALIAN), west),
        "Polish": (_simulated(*_LATIN.POLISH), ("cp1250", "iso8859-2", "cp852")),
        "Turkish": (_simulated(*_LATIN.TURKISH), ("cp1254",)),
        "Russian": (_simulated(*_EAST.RUSSIAN), ("cp1251", "koi8_r", "cp866")),
        "Arabic": (_simulated(*_EAST.ARABIC), ("cp1256",)),
        "Hebrew": (_simulated(*_EAST.HEBREW), ("cp1255",)),
        "Chinese": (_simulated(*_EAST.CHINESE), ("gb18030",)),
    }
    listed = {
        "Swedish": (SWEDISH, west),
        "Danish, Norwegian": (DANISH, west),
        "Czech": (CZECH, ("cp1250", "iso8859-2", "cp852")),
        "Hungarian": (HUNGARIAN, ("cp1250", "cp852")),
        "Romanian": (ROMANIAN, ("cp1250",)),
        "Lithuanian": (LITHUANIAN, ("cp1257",)),
        "Greek": (GREEK, ("cp1253", "iso8859-7")),
        "Ukrainian": (UKRAINIAN, ("cp1251",)),
        "Japanese": (JAPANESE, ("cp932", "euc_jp")),
        "Korean": (KOREAN, ("cp949",)),
        "Taiwanese": (TAIWANESE, ("big5",)),
        "Thai": (THAI, ("cp874",)),
    }
    return made | {name: (_listed(text), encodings) for name, (text, encodings) in listed.items()}


def names_of(language: str) -> Names:
    return _all_names()[language][0]


def one_file(names: Names, rows: int, beyond: int, rng: random.Random) -> str:
    """`beyond` of the rows have a name beyond ASCII, if there are such names; the others are English."""
    lines = ["id;first_name;last_name;email;city"]
    english = _simulated(*_LATIN.ENGLISH)
    foreign = [name for name in names.given + names.family if not name.isascii()]
    for number in range(rows):
        if number < beyond:
            one, other = rng.choice(names.given), rng.choice(names.family)
            if (one + other).isascii():
                one = rng.choice(foreign)
        else:
            one, other = rng.choice(english.given), rng.choice(english.family)
        place = rng.choice(names.places if number < beyond else ["London", "Leeds"])
        lines.append(f"{number};{one};{other};p{number}@example.org;{place}")
    return "\r\n".join([*lines[:1], *rng.sample(lines[1:], len(lines) - 1)]) + "\r\n"


class Trial(NamedTuple):
    language: str
    encoding: str
    rows: int
    beyond: str
    found: str
    right: bool
    warned: bool
    alone: bool  # charset-normalizer's own best is right


def trials(files: int, compare: bool) -> Iterator[Trial]:
    for language, (names, encodings) in _all_names().items():
        for encoding in encodings:
            for rows in ROWS:
                for beyond in ("one", "all"):
                    for seed in range(files if rows < 1000 else max(1, files // 5)):
                        rng = random.Random(f"{language}{encoding}{rows}{beyond}{seed}")
                        text = one_file(names, rows, rows if beyond == "all" else 1, rng)
                        yield _trial(language, encoding, rows, beyond, text, compare)


def _trial(language: str, encoding: str, rows: int, beyond: str, text: str, compare: bool) -> Trial:
    data = text.encode(encoding, "ignore")
    meant = data.decode(encoding)
    found = encoding_of_bytes(data)
    best = from_bytes(data).best() if compare else None
    alone = bool(best and data.decode(best.encoding, "replace") == meant)
    right = text_of(data, found) == meant
    return Trial(language, encoding, rows, beyond, found.name, right, bool(found.rivals), alone)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10, help="files of each kind")
    parser.add_argument(
        "--compare", action="store_true", help="charset-normalizer by itself beside it (slow)"
    )
    arguments = parser.parse_args()
    groups: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials(arguments.files, arguments.compare):
        groups[trial.language, trial.encoding].append(trial)
    _table(groups, arguments.compare)


def _table(groups: dict[tuple[str, str], list[Trial]], compare: bool) -> None:
    sizes = [(rows, beyond) for rows in ROWS for beyond in ("one", "all")]
    print(
        "| names | in | " + " | ".join(f"{rows} rows, {beyond}" for rows, beyond in sizes) + " | taken for |"
    )
    print("|---" * (len(sizes) + 3) + "|")
    for (language, encoding), made in groups.items():
        cells = []
        for rows, beyond in sizes:
            mine = [one for one in made if (one.rows, one.beyond) == (rows, beyond)]
            silent = sum(not one.right and not one.warned for one in mine)
            cell = f"{sum(one.right for one in mine)}/{len(mine)}" + (f" ({silent} unsaid)" if silent else "")
            cells.append(cell + (f" [{sum(one.alone for one in mine)}]" if compare else ""))
        others = Counter(one.found for one in made if not one.right).most_common(3)
        taken = ", ".join(f"{name} {count}" for name, count in others)
        print(f"| {language} | {encoding} | {' | '.join(cells)} | {taken} |")
    every = [one for made in groups.values() for one in made]
    wrong = [one for one in every if not one.right]
    unsaid = sum(not one.warned for one in wrong)
    print(f"\n{len(every) - len(wrong)} of {len(every)} right; {unsaid} wrong unsaid")
    print(f"warned though right: {sum(one.warned for one in every if one.right)}")
    if compare:
        print(f"charset-normalizer alone: {sum(one.alone for one in every)} right")


if __name__ == "__main__":
    main()
