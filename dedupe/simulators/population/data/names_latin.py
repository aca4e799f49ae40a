"""Given and family names of cultures that write Latin letters, the commonest first.

A given name is `Name` or `Name:nickname,nickname`. The last block of a culture are stems (front | back) of
which rare family names are put together.
"""

ENGLISH = (
    """
        Mary:Molly,Mamie,Polly Jennifer:Jen,Jenny,Jenn Elizabeth:Liz,Beth,Betty,Lizzie,Eliza,Libby
    Sarah:Sally,Sadie
        Patricia:Pat,Patty,Trish,Tricia Linda:Lindy Jessica:Jess,Jessie Susan:Sue,Susie,Suzie
    Emily:Em,Emmy
        Margaret:Maggie,Meg,Peggy,Peg,Marge,Greta Katherine:Kate,Kathy,Katie,Kat,Kay Emma:Em
    Olivia:Liv,Livvy
        Barbara:Barb,Babs,Barbie Rebecca:Becky,Becca Catherine:Cathy,Cat,Kate Amanda:Mandy Michelle:Shelly
        Deborah:Deb,Debbie,Debra Christine:Chris,Tina,Chrissy Victoria:Vicky,Tori,Vicki Samantha:Sam,Sammy
    Amy
        Stephanie:Steph,Stevie Alexandra:Alex,Sandra,Lexi,Sasha Kimberly:Kim Nancy:Nan Laura:Laurie Hannah
        Caroline:Carrie,Carol,Caz Abigail:Abby,Gail Charlotte:Lottie,Charlie Sophia:Sophie
    Theresa:Terry,Tess,Tessa
        Judith:Judy,Jude Dorothy:Dot,Dottie,Dolly Frances:Fran,Fanny,Frankie Josephine:Jo,Josie Joanna:Jo
        Eleanor:Ellie,Nell,Nora Grace:Gracie Helen:Nell Virginia:Ginny,Ginger Natalie:Nat
    Nicole:Nicky,Nikki
        Philippa:Pippa,Pip Georgina:George,Georgie Matilda:Tilly Winifred:Winnie,Freddie Gwendolyn:Gwen
    Rosemary:Rose
    """,
    """
        James:Jim,Jimmy,Jamie,Jem John:Jack,Johnny,Jon Robert:Bob,Rob,Bobby,Robbie,Bert
    Michael:Mike,Mick,Mikey,Mickey
        William:Bill,Will,Billy,Liam,Willy David:Dave,Davey Richard:Dick,Rick,Rich,Ricky Thomas:Tom,Tommy
        Joseph:Joe,Joey,Jo Charles:Charlie,Chuck,Chas Christopher:Chris,Kit,Topher Daniel:Dan,Danny
    Matthew:Matt
        Anthony:Tony,Ant Steven:Steve Paul Andrew:Andy,Drew Joshua:Josh Kenneth:Ken,Kenny Kevin:Kev Brian
        George:Georgie Edward:Ed,Ted,Eddie,Ned,Teddy Ronald:Ron,Ronnie Timothy:Tim,Timmy Jason:Jay
    Jeffrey:Jeff
        Ryan Jacob:Jake,Jack Nicholas:Nick,Nicky Stephen:Steve Gregory:Greg Benjamin:Ben,Benny,Benji
        Samuel:Sam,Sammy Patrick:Pat,Paddy,Rick Alexander:Alex,Al,Sandy,Xander,Sasha
    Jonathan:Jon,Johnny,Nathan
        Frederick:Fred,Freddie Lawrence:Larry,Laurie Gerald:Gerry,Jerry Walter:Walt,Wally
    Zachary:Zach,Zack
        Peter:Pete Henry:Harry,Hank,Hal Douglas:Doug Albert:Al,Bert Theodore:Ted,Theo,Teddy Raymond:Ray
        Philip:Phil,Pip Vincent:Vince,Vinny Terence:Terry Francis:Frank,Fran Leonard:Len,Lenny,Leo
    Maxwell:Max
        Nathaniel:Nate,Nat Harold:Harry,Hal Arthur:Art,Artie Oliver:Ollie Isaac:Ike Russell:Russ
    Cornelius:Neil,Con
    """,
    """
        Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson
    Thompson
        White Lewis Walker Hall Young King Wright Hill Scott Green Adams Baker Nelson Carter Mitchell
    Roberts Turner
        Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper
    Reed Bailey
        Kelly Howard Ward Cox Richardson Wood Watson Bennett Gray Hughes Price Myers Long Foster Sanders
    Ross
        Powell Sullivan Russell Fisher Henderson Cole West Jordan Reynolds Graham Hamilton Wallace O'Brien
    O'Connor
        MacDonald McCarthy Fitzgerald Clarke Stevens Hunt Palmer Robertson Black Holmes Stone Knight
    Matthews Hawkins
        Webb Barker Chapman Pearson Shaw Harvey Fletcher Lambert Griffiths Bradley Lloyd-Jones Pembroke
    Thistlewood
    """,
    "Ash Brad Clif Dun Elms Farn Glad Hart Kings Lang Mars Nor Oak Pres Rad Stan Thorn Up Wal Whit Wood Cald Hazel"
    "|ford ton ley worth wood field bury ham by stone well wick combe brook croft gate more hurst",
)

GERMAN = (
    """
        Anna:Anni,Änne Maria:Mia,Mitzi,Marie Ursula:Uschi,Ulla Monika:Moni Petra Sabine:Bine
    Elisabeth:Lisa,Sissi,Elli,Liesel
        Renate:Nate Helga Karin Brigitte:Gitte,Gitti,Biggi Ingrid:Inge Susanne:Susi,Sanne Andrea
    Claudia:Claudi Julia:Jule
        Katharina:Kathi,Käthe,Katrin,Nina Christina:Tina,Chrissi Stefanie:Steffi Nicole:Nici
    Barbara:Bärbel,Babsi
        Johanna:Hanna,Hanni Magdalena:Leni,Lena Franziska:Franzi,Fränzi Margarete:Grete,Gretel,Greta Jutta
    Käthe
        Friederike:Rike Charlotte:Lotte,Lotti Angelika:Geli Gisela:Gisi Heike Birgit Sophie:Sophia
    Lieselotte:Lilo
    """,
    """
        Peter Michael:Michi,Micha Thomas:Tom,Tommi Andreas:Andi,Andy Wolfgang:Wolf,Wolfi Klaus:Klausi
    Jürgen:Jürg
        Günter:Günni Stefan:Steff Christian:Chris,Christl Hans:Hansi,Hänschen Uwe Frank Werner
    Karl:Kalle,Karli Manfred:Manni,Fred
        Matthias:Matze,Hias Alexander:Alex,Xandl Sebastian:Basti,Wastl Maximilian:Max,Maxi
    Johannes:Hannes,Jo,Hans
        Friedrich:Fritz,Friedel Heinrich:Heinz,Heiner Joachim:Jochen,Achim Bernhard:Bernd,Berni Jörg Björn
    Detlef Torsten
        Wilhelm:Willi,Wim Josef:Sepp,Jupp,Josi Ludwig:Lutz,Wiggerl Rüdiger:Rüdi Sönke Ulrich:Uli,Ulli
    Rainer Florian:Flo
    """,
    """
        Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer
    Richter Klein Wolf
        Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause
    Meier Lehmann
        Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn
    Schubert Vogel
        Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Böhm Groß
    Jäger Krämer
        Seidel Haas Sommer Voß Kühn Engel Thomas Horn Pohl Größer Schönfeld Strauß von_Hagen Süß Löffler
    Göbel
    """,
    "Stein Berg Wald Hohen Linden Eich Rosen Gold Silber Feld Kirch Mühl Acker Bach Birn Brun Dorn Eisen Falk"
    "|mann bauer meier hofer berger huber thaler müller feld baum rath egger kamp dorf schmidt beck",
)

FRENCH = (
    """
        Marie:Mimi,Manon Nathalie:Nath Isabelle:Isa,Zaza Sylvie:Syl Catherine:Cathy,Kati Françoise:Fanfan
    Valérie:Val
        Christine:Kiki Stéphanie:Steph Sophie:Soso Élisabeth:Babette,Lise Véronique:Véro Céline
    Aurélie:Lili Émilie:Mimi
        Hélène:Léna Anaïs Noémie:Mimi Chloé Zoé Geneviève:Ginette Jacqueline:Jackie Marguerite:Margot
    Joséphine:Jojo
    """,
    """
        Jean:Jeannot Pierre:Pierrot Michel:Mimi,Mich Philippe:Phil Alain François:Fanfan,Frank
    Nicolas:Nico Christophe:Chris
        Frédéric:Fred,Frédo Stéphane:Steph Sébastien:Seb Jérôme:Jé Benoît:Ben André:Dédé Joseph:Jojo
    Grégoire:Greg
        Jean-Pierre:JP Jean-Luc:JL Étienne Gérard:Gégé Maximilien:Max Théophile:Théo Hervé René
    Raphaël:Raf Noël
    """,
    """
        Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy
    Roux David
        Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Müller Lefebvre
    Faure Mercier
        Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Perrin Robin Clément Nicolas Henry
    Mathieu Béranger
        d'Aubigny de_La_Tour Le_Gall Çelik N'Diaye Forêt Hébert L'Hôpital
    """,
    "Beau Bel Cham Fon Grand Haut Mar Mont Ker Ville Roche Bois|mont fort pré lieu val court champ neuve rive guen ac",
)

SPANISH = (
    """
        María:Mari,Maruja Carmen:Menchu,Carmencita Ana:Anita Isabel:Isa,Chabela Laura:Lau
    Dolores:Lola,Loli Pilar:Pili
        Josefa:Pepa,Fina Teresa:Tere Francisca:Paca,Paquita,Fran Cristina:Cris Marta Mercedes:Merche,Meche
    Rosario:Charo
        Concepción:Concha,Conchi Guadalupe:Lupe,Lupita Elena Lucía:Lucy Beatriz:Bea Rocío:Chío Inés
    Verónica:Vero
        Asunción:Asun Gabriela:Gaby Begoña:Bego Victoria:Vicky Alejandra:Ale Ángela:Angie Consuelo:Chelo
    Sofía
    """,
    """
        José:Pepe,Josep Antonio:Toño,Toni Manuel:Manolo,Manu Francisco:Paco,Pancho,Fran,Curro Juan:Juanito
    David Javier:Javi
        Daniel:Dani Carlos:Carlitos Jesús:Chus,Chuy Alejandro:Álex,Ale,Jandro Miguel:Mike Rafael:Rafa
    Pedro Ángel:Angelito
        Fernando:Fer,Nando Luis:Lucho Sergio:Checo Pablo Jorge:Coque Alberto:Beto Ignacio:Nacho
    Ramón:Moncho Álvaro
        Vicente:Chente,Vicen Enrique:Quique Guillermo:Memo,Guille Roberto:Beto,Rober Eduardo:Edu,Lalo
    Joaquín:Quino
        José_María:Chema Juan_Carlos:Juanca Íñigo Santiago:Santi,Yago Hernán Gonzalo:Gonza Gregorio:Goyo
    Óscar
    """,
    """
        García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández
    Ruiz Díaz Moreno
        Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano
    Morales Molina
        Blanco Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés
    Garrido Santos
        Guerrero Lozano Cano Cruz Méndez Flores Prieto Herrera Peña León Márquez Cabrera Gallego Calvo
    Vidal Campos Reyes
        Vega Fuentes Carrasco Aguilar Caballero Nieto Ibáñez Pascual Herrero Giménez Lorenzo Montero
    Hidalgo de_la_Fuente
    """,
    "Eche Goi Iri Men Aran Zubi Urru Mendi Aguirre Belas Etxe Larra|varría coechea tegui zábal goitia garay beitia ola",
)

PORTUGUESE = (
    """
        Maria:Mariazinha,Mari Ana:Aninha Francisca:Chica Antônia:Toninha Adriana:Dri Juliana:Ju,Juli
    Márcia:Marcinha
        Fernanda:Nanda,Fê Patrícia:Pati Aline:Li Sandra Camila:Mila Amanda Bruna:Bru Jéssica:Jé
    Letícia:Lê,Leti Júlia:Ju
        Luciana:Lu Vanessa:Nessa Mariana:Mari Gabriela:Gabi Vera Vitória:Vivi Larissa:Lari Cláudia:Clau
    Beatriz:Bia
    """,
    """
        José:Zé,Zeca João:Joãozinho,Jão Antônio:Tonho,Toninho Francisco:Chico,Xico Carlos:Carlinhos,Cacá
    Paulo:Paulinho
        Pedro:Pedrinho Lucas:Luquinhas Luiz:Lula,Luizinho Marcos:Marquinhos Luís Gabriel:Gabi Rafael:Rafa
    Daniel:Dani
        Marcelo:Celo Bruno Eduardo:Edu,Dudu Felipe:Lipe Raimundo:Mundinho Rodrigo:Digo Manoel:Mané Matheus
    Fábio:Fabinho
        Leonardo:Leo Gustavo:Guga,Gu Guilherme:Gui Leandro:Lê Tiago:Ti Anderson Ricardo:Ricardinho,Cadu
    Sebastião:Tião Álvaro
    """,
    """
        Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins
    Carvalho Almeida Lopes
        Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes
    Freitas Cardoso
        Ramos Gonçalves Santana Teixeira Araújo Conceição Magalhães Simões Guimarães Brandão Falcão Leão
    da_Silva dos_Santos
        de_Oliveira do_Nascimento Assunção Sampaio Queiróz
    """,
    "Monte Bran Cas Al Val Vila Serra Ouro|dão tro meida negro verde boas nova preto mar",
)

ITALIAN = (
    """
        Maria:Mariuccia Anna:Annina Giuseppina:Pina,Giusy Rosa:Rosetta Angela:Angelina
    Giovanna:Gianna,Vanna Teresa:Resi
        Lucia:Lucy Francesca:Fra,Checca Giulia:Giuly Elisabetta:Betta,Elisa Caterina:Rina,Cate
    Alessandra:Ale,Sandra
        Antonella:Anto Valentina:Vale Federica:Fede Beatrice:Bea Eleonora:Ele,Nora Niccolina Ludovica:Ludo
    """,
    """
        Giuseppe:Beppe,Pino,Peppe Giovanni:Gianni,Vanni Antonio:Toni,Totò Mario:Mariolino Luigi:Gigi
    Francesco:Franco,Cesco,Ciccio
        Angelo:Angiolino Vincenzo:Enzo,Cenzo Pietro:Piero Salvatore:Totò,Turi,Salvo Carlo Franco
    Domenico:Mimmo,Nico
        Alessandro:Ale,Sandro Lorenzo:Renzo,Lollo Matteo:Teo Niccolò:Nico Federico:Fede Leonardo:Leo
    Edoardo:Edo Gianluca:Luca
    """,
    """
        Rossi Ferrari Russo Bianchi Romano Gallo Costa Fontana Conti Esposito Ricci Bruno De_Luca Moretti
    Marino Greco
        Barbieri Lombardi Giordano Rinaldi Colombo Mancini Longo Leone Martinelli Marchetti Martini Galli
    Gatti Mariani Ferrara
        Santoro Marini Bianco Conte Serra Farina Gentile Caruso Morelli Ferri Testa Ferraro Pellegrini
    Grassi Rossetti
        D'Angelo Bernardi Mazza Rizzi Silvestri Vitale Franco Parisi Martino Valentini Castelli Bellini
    Monti D'Amico Dall'Oglio
    """,
    "Bel Mont Cast San Col Vill Ross Marc Pell Gand|ini etti ello oni ucci anese ardi olfi ari ese",
)

POLISH = (
    """
        Anna:Ania,Anka Maria:Marysia,Maja Katarzyna:Kasia,Kaśka Małgorzata:Gosia,Małgosia
    Agnieszka:Aga,Agusia
        Barbara:Basia,Baśka Ewa:Ewka Krystyna:Krysia Elżbieta:Ela,Elka Zofia:Zosia Joanna:Asia,Aśka
    Magdalena:Magda
        Monika Jadwiga:Jadzia Danuta:Danka Aleksandra:Ola,Olka Teresa:Tereska Dorota:Dorotka Łucja
    Paulina:Paula
    """,
    """
        Piotr:Piotrek Krzysztof:Krzysiek,Krzyś Andrzej:Jędrek Tomasz:Tomek Jan:Janek,Jaś Paweł:Pawełek
    Michał:Misiek
        Marcin Stanisław:Staszek,Stach Jakub:Kuba Adam:Adaś Marek Łukasz Grzegorz:Grzesiek Mateusz:Mati
    Wojciech:Wojtek
        Mariusz Dariusz:Darek Zbigniew:Zbyszek Jerzy:Jurek Rafał Józef:Józek Kazimierz:Kazik Tadeusz:Tadek
    Bogusław:Bogdan
    """,
    """
        Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak
    Dąbrowski Kozłowski
        Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski
    Michalski Król
        Wieczorek Jabłoński Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk
    Dudek Nowicki Pawlak
        Górski Witkowski Walczak Sikora Rutkowski Baran Michalak Szewczyk Ostrowski Tomaszewski Pietrzak
    Duda Zalewski
        Wróblewski Żak Łapiński Źrebiec Świątek Ćwikła
    """,
    "Bor Dęb Gór Jasn Kalin Krzemi Lip Mal Olsz Pod Rado Sos Wierz|owski iński ewski nicki czyk ak owicz kowski",
)

TURKISH = (
    """
        Fatma:Fatoş Ayşe:Ayşegül Emine:Emoş Hatice:Hatçe Zeynep:Zeyno Elif Meryem Şerife Zehra Sultan
    Hanife Özlem Gülşen Çiğdem
    """,
    """
        Mehmet:Memo,Mamo Mustafa:Mıstık,Musti Ahmet:Ahmo Ali Hüseyin:Hüso Hasan İbrahim:İbo İsmail:İsmo
    Osman Yusuf Murat Ömer
        Ramazan Süleyman:Sülo Oğuzhan:Oğuz Çağlar Işık Uğur
    """,
    """
        Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin
    Kara Koç Kurt Özkan
        Şimşek Polat Korkmaz Özcan Erdoğan Güneş Işık Ünal Çakır Aksoy Avcı Taş Bulut Güler Yalçın Tekin
    Karaca Soylu
    """,
    "Ak Kara Boz Kızıl Demir Er Gök Öz Tok|taş su doğan kaya demir türk can öz pınar dağ",
)

VIETNAMESE = (
    """
        Hương Lan Linh Thảo Mai Trang Ngọc Phương Hồng Thu Hà Yến Nhung Quỳnh Bích
    """,
    """
        Minh Hùng Dũng Tuấn Anh Nam Long Hải Đức Thành Quang Huy Sơn Phúc Khánh Đạt
    """,
    """
        Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý
    """,
    "|",
)
