"""Countries with their cities, streets and ways of writing an address.

A city is `name/other spelling/…|region|postcode, # a digit|area code of its fixed lines`, the largest first.
"""

from typing import NamedTuple


class Country(NamedTuple):
    names: tuple[str, ...]  # as people write it; the first is English
    language: str
    zone: str
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    address: str  # {s} street, {n} house number
    free_mail: tuple[str, ...]  # besides the worldwide ones


def _cities(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _streets(text: str) -> tuple[str, ...]:
    return tuple(street.strip() for street in text.split(","))


COUNTRIES: dict[str, Country] = {
    "US": Country(
        ("United States", "USA", "US", "U.S.A.", "United States of America"),
        "en",
        "America/New_York",
        _cities("""New York/NYC/New York City|NY|100##|212
            Los Angeles/LA/L.A.|CA|900##|213
            Chicago|IL|606##|312
            Houston|TX|770##|713
            San Francisco/SF/San Fran|CA|941##|415
            Miami|FL|331##|305
            Austin|TX|787##|512
            Seattle|WA|981##|206
            Saint Paul/St. Paul/St Paul|MN|551##|651
            Boston|MA|021##|617
            Portland|OR|972##|503
            Springfield|IL|627##|217"""),
        _streets(
            "Main Street,Oak Avenue,Park Avenue,2nd Street,Maple Drive,Washington Boulevard,Cedar Lane,Elm Street,"
            "Lake Road,Hillcrest Court,Sunset Boulevard,Martin Luther King Jr. Boulevard,Church Street,Broadway"
        ),
        "{n} {s}",
        ("aol.com", "comcast.net"),
    ),
    "GB": Country(
        ("United Kingdom", "UK", "GB", "Great Britain", "England"),
        "en",
        "Europe/London",
        _cities("""London|Greater London|SW1# #AB|207
            Manchester|Greater Manchester|M# #QT|161
            Birmingham|West Midlands|B# #ES|121
            Leeds|West Yorkshire|LS# #PH|113
            Edinburgh|Scotland|EH# #TG|131
            Bristol|Avon|BS# #JJ|117"""),
        _streets(
            "High Street,Station Road,Church Lane,Victoria Road,Green Lane,Kings Road,Mill Lane,The Crescent,St. John's Road"
        ),
        "{n} {s}",
        ("btinternet.com", "hotmail.co.uk", "yahoo.co.uk"),
    ),
    "DE": Country(
        ("Germany", "Deutschland", "DE", "BRD", "Allemagne"),
        "de",
        "Europe/Berlin",
        _cities("""Berlin|Berlin|10###|30
            Hamburg|Hamburg|20###|40
            München/Munich/Muenchen/Munchen|Bayern|80###|89
            Köln/Cologne/Koeln|Nordrhein-Westfalen|50###|221
            Frankfurt am Main/Frankfurt/Frankfurt a.M.|Hessen|60###|69
            Düsseldorf/Duesseldorf/Dusseldorf|Nordrhein-Westfalen|40###|211
            Nürnberg/Nuremberg/Nuernberg|Bayern|90###|911"""),
        _streets(
            "Hauptstraße,Bahnhofstraße,Gartenstraße,Schillerstr.,Goethestraße,Am Markt,Lindenweg,Dorfstraße,Mühlgasse,Königsallee"
        ),
        "{s} {n}",
        ("gmx.de", "web.de", "t-online.de", "googlemail.com"),
    ),
    "FR": Country(
        ("France", "FR", "Frankreich"),
        "fr",
        "Europe/Paris",
        _cities("""Paris|Île-de-France|750##|14
            Marseille|Provence-Alpes-Côte d'Azur|130##|491
            Lyon|Auvergne-Rhône-Alpes|690##|472
            Saint-Étienne/St Etienne/Saint Etienne|Auvergne-Rhône-Alpes|420##|477
            Strasbourg|Grand Est|670##|388
            Bordeaux|Nouvelle-Aquitaine|330##|556"""),
        _streets(
            "rue de la République,avenue Victor Hugo,place de l'Église,rue du Général de Gaulle,boulevard Voltaire,impasse des Lilas"
        ),
        "{n} {s}",
        ("orange.fr", "free.fr", "wanadoo.fr", "laposte.net"),
    ),
    "ES": Country(
        ("Spain", "España", "ES", "Espana"),
        "es",
        "Europe/Madrid",
        _cities("""Madrid|Madrid|280##|91
            Barcelona/Barna|Cataluña|080##|93
            Valencia/València|Comunidad Valenciana|460##|96
            Sevilla/Seville|Andalucía|410##|95"""),
        _streets(
            "Calle Mayor,Calle Real,Avenida de la Constitución,Plaza de España,C/ San José,Paseo del Prado,Calle Nueva"
        ),
        "{s} {n}",
        ("telefonica.net", "hotmail.es"),
    ),
    "IT": Country(
        ("Italy", "Italia", "IT"),
        "it",
        "Europe/Rome",
        _cities("""Roma/Rome|Lazio|001##|06
            Milano/Milan|Lombardia|201##|02"""),
        _streets(
            "Via Roma,Via Garibaldi,Corso Italia,Piazza Dante,Via Verdi,Viale dei Mille,Via XX Settembre"
        ),
        "{s} {n}",
        ("libero.it", "virgilio.it", "tiscali.it"),
    ),
    "BR": Country(
        ("Brazil", "Brasil", "BR"),
        "pt",
        "America/Sao_Paulo",
        _cities("""São Paulo/Sao Paulo/SP|SP|01###-###|11
            Rio de Janeiro/Rio|RJ|20###-###|21
            Belo Horizonte/BH|MG|30###-###|31
            Brasília/Brasilia|DF|70###-###|61"""),
        _streets(
            "Rua das Flores,Avenida Paulista,Rua São João,Av. Brasil,Rua XV de Novembro,Travessa da Paz"
        ),
        "{s}, {n}",
        ("uol.com.br", "bol.com.br", "yahoo.com.br"),
    ),
    "MX": Country(
        ("Mexico", "México", "MX"),
        "es",
        "America/Mexico_City",
        _cities("""Ciudad de México/CDMX/Mexico City/México D.F.|CDMX|06###|55
            Guadalajara|Jalisco|44###|33
            Monterrey|Nuevo León|64###|81"""),
        _streets(
            "Avenida Insurgentes,Calle Hidalgo,Avenida Juárez,Calle 5 de Mayo,Paseo de la Reforma,Calle Morelos"
        ),
        "{s} {n}",
        ("prodigy.net.mx", "hotmail.com"),
    ),
    "IL": Country(
        ("Israel", "ישראל", "IL"),
        "he",
        "Asia/Jerusalem",
        _cities("""תל אביב/Tel Aviv/Tel-Aviv/תל אביב-יפו|מרכז|61#####|3
            ירושלים/Jerusalem/Yerushalayim|ירושלים|91#####|2
            חיפה/Haifa|צפון|31#####|4
            באר שבע/Beer Sheva/Be'er Sheva/Beersheba|דרום|84#####|8
            נתניה/Netanya|מרכז|42#####|9"""),
        _streets("הרצל,Herzl St,ז'בוטינסקי,Dizengoff,בן גוריון,Rothschild Blvd,ויצמן,אלנבי"),
        "{s} {n}",
        ("walla.co.il", "walla.com", "bezeqint.net", "netvision.net.il"),
    ),
    "IN": Country(
        ("India", "Bharat", "IN", "भारत"),
        "hi",
        "Asia/Kolkata",
        _cities("""Mumbai/Bombay/मुंबई|Maharashtra|4000##|22
            Delhi/New Delhi/दिल्ली|Delhi|1100##|11
            Bengaluru/Bangalore|Karnataka|5600##|80
            Chennai/Madras|Tamil Nadu|6000##|44
            Kolkata/Calcutta|West Bengal|7000##|33"""),
        _streets("MG Road,Station Road,Gandhi Nagar,Nehru Street,Park Street,Linking Road,Anna Salai"),
        "{n}, {s}",
        ("rediffmail.com", "yahoo.co.in"),
    ),
    "CN": Country(
        ("China", "中国", "CN", "PRC", "P.R. China"),
        "zh",
        "Asia/Shanghai",
        _cities("""北京/Beijing/Peking|北京市|100###|10
            上海/Shanghai|上海市|200###|21
            广州/Guangzhou/Canton|广东省|510###|20"""),
        _streets("南京路,Nanjing Road,中山路,人民路,Changan Avenue,解放路"),
        "{s}{n}",
        ("qq.com", "163.com", "126.com"),
    ),
    "AE": Country(
        ("United Arab Emirates", "UAE", "AE", "الإمارات"),
        "ar",
        "Asia/Dubai",
        _cities("""Dubai/دبي|Dubai||4
            Abu Dhabi/أبو ظبي/Abudhabi|Abu Dhabi||2
            Sharjah/الشارقة|Sharjah||6"""),
        _streets("Sheikh Zayed Road,Al Wasl Road,Corniche Road,Jumeirah Beach Road,Al Khail Street"),
        "{s}, Villa {n}",
        ("emirates.net.ae", "eim.ae"),
    ),
    "PL": Country(
        ("Poland", "Polska", "PL", "Polen"),
        "pl",
        "Europe/Warsaw",
        _cities("""Warszawa/Warsaw|mazowieckie|00-###|22
            Kraków/Cracow/Krakow|małopolskie|30-###|12
            Łódź/Lodz|łódzkie|90-###|42
            Wrocław/Wroclaw/Breslau|dolnośląskie|50-###|71"""),
        _streets("ul. Polna,ul. Leśna,ul. Słoneczna,al. Jana Pawła II,ul. Kościuszki,ul. Długa,ul. Ogrodowa"),
        "{s} {n}",
        ("wp.pl", "onet.pl", "interia.pl", "o2.pl"),
    ),
    "TR": Country(
        ("Turkey", "Türkiye", "TR", "Turkiye"),
        "tr",
        "Europe/Istanbul",
        _cities("""İstanbul/Istanbul|İstanbul|34###|212
            Ankara|Ankara|06###|312
            İzmir/Izmir|İzmir|35###|232"""),
        _streets("Atatürk Caddesi,Cumhuriyet Cad.,İstiklal Caddesi,Bağdat Caddesi,Gül Sokak"),
        "{s} No:{n}",
        ("mynet.com", "hotmail.com.tr"),
    ),
    "RU": Country(
        ("Russia", "Россия", "RU", "Russian Federation", "РФ"),
        "ru",
        "Europe/Moscow",
        _cities("""Москва/Moscow/Moskva|Москва|101###|495
            Санкт-Петербург/Saint Petersburg/СПб/St. Petersburg|Санкт-Петербург|190###|812"""),
        _streets("ул. Ленина,проспект Мира,ул. Пушкина,Невский проспект,ул. Гагарина,Lenina St."),
        "{s}, {n}",
        ("mail.ru", "yandex.ru", "rambler.ru", "bk.ru"),
    ),
    "VN": Country(
        ("Vietnam", "Việt Nam", "VN", "Viet Nam"),
        "vi",
        "Asia/Ho_Chi_Minh",
        _cities("""Thành phố Hồ Chí Minh/Ho Chi Minh City/Saigon/HCMC|TP HCM|700###|28
            Hà Nội/Hanoi/Ha Noi|Hà Nội|100###|24"""),
        _streets("Nguyễn Huệ,Lê Lợi,Trần Hưng Đạo,Hai Bà Trưng,Le Loi"),
        "{n} {s}",
        ("vnn.vn",),
    ),
}
